"""An open platform that runs a telecommunications operator's sales channels."""
