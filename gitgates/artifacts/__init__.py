"""Files that the user names: reading them safely, and digests of files and folders."""
