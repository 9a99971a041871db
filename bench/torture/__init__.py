"""An index held to what it promises while its process is killed, its disk fills up and its files go bad."""
