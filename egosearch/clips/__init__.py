"""What is taken out of a library's recordings to keep and to show: clips, reels of several, and contact sheets."""
