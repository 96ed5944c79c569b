"""What calls us: web pages, the back office, the HTTP API."""
