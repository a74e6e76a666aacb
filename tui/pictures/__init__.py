"""Real pictures in terminals that can show them; `tui.drawing` has the half blocks that every terminal can."""
