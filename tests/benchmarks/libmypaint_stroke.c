/* A stroke by libmypaint's own brush engine on its fixed tiled surface: what editor/raster is measured against.
 *
 * Usage: libmypaint_stroke WIDTH HEIGHT DIAMETER HARDNESS DABS_PER_RADIUS RUNS < samples
 *
 * Samples are lines "x y", 8 ms apart. The whole stroke is drawn once to warm up, then RUNS times; for each of these the
 * program prints the dabs and the seconds that they took, from the first event until all tiles are up to date.
 */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <mypaint-brush.h>
#include <mypaint-fixed-tiled-surface.h>

#define MOST_SAMPLES 100000

static MyPaintSurfaceDrawDabFunction original;
static long dabs;

static int counted(MyPaintSurface *self, float x, float y, float radius, float r, float g, float b, float opaque,
                   float hardness, float alpha_eraser, float aspect_ratio, float angle, float lock_alpha, float colorize)
{
    dabs++;
    return original(self, x, y, radius, r, g, b, opaque, hardness, alpha_eraser, aspect_ratio, angle, lock_alpha, colorize);
}

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec + t.tv_nsec * 1e-9;
}

int main(int argc, char **argv)
{
    static float xs[MOST_SAMPLES], ys[MOST_SAMPLES];
    int samples = 0;
    if (argc != 7)
        return 2;
    while (samples < MOST_SAMPLES && scanf("%f %f", &xs[samples], &ys[samples]) == 2)
        samples++;

    MyPaintFixedTiledSurface *fixed = mypaint_fixed_tiled_surface_new(atoi(argv[1]), atoi(argv[2]));
    MyPaintSurface *surface = mypaint_fixed_tiled_surface_interface(fixed);
    original = surface->draw_dab;
    surface->draw_dab = counted;

    MyPaintBrush *brush = mypaint_brush_new();
    mypaint_brush_from_defaults(brush);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_RADIUS_LOGARITHMIC, logf(atof(argv[3]) / 2));
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_HARDNESS, atof(argv[4]));
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_OPAQUE, 1);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_OPAQUE_LINEARIZE, 0);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_DABS_PER_BASIC_RADIUS, 0);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_DABS_PER_ACTUAL_RADIUS, atof(argv[5]));
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_DABS_PER_SECOND, 0);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_COLOR_H, 0.1);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_COLOR_S, 0.7);
    mypaint_brush_set_base_value(brush, MYPAINT_BRUSH_SETTING_COLOR_V, 0.8);

    for (int run = 0; run <= atoi(argv[6]); run++) {
        MyPaintRectangle touched;
        dabs = 0;
        mypaint_brush_reset(brush);
        mypaint_brush_new_stroke(brush);
        double began = now();
        mypaint_surface_begin_atomic(surface);
        mypaint_brush_stroke_to(brush, surface, xs[0], ys[0], 1, 0, 0, 10);
        for (int i = 1; i < samples; i++)
            mypaint_brush_stroke_to(brush, surface, xs[i], ys[i], 1, 0, 0, 0.008);
        mypaint_surface_end_atomic(surface, &touched);
        double seconds = now() - began;
        if (run > 0)
            printf("%ld %.9f\n", dabs, seconds);
    }
    mypaint_brush_unref(brush);
    mypaint_surface_unref(surface);
    return 0;
}
