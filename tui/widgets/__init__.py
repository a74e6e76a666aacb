"""The parts of the search screen, each drawing one value it is given."""
