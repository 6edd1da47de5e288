"""The words of gitgates as frozen values: no input, no output, no clock."""
