"""Questions that come before everything else."""
