"""Screens of what the platform itself keeps."""
