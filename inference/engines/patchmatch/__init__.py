"""Multi-scale PatchMatch completion: fills a hole with pieces of its surroundings, without a model."""
