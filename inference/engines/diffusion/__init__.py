"""What the engines that run diffusion models have in common. Imports torch; only the engine host may import it."""
