"""Health and metrics, for those who run the platform: `/health` and `/metrics`."""
