"""Set-up before anything is installed: standard library only, run by path with any Python."""
