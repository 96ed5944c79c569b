"""What gateways are made of that call others over HTTP: kept connections, and a breaker."""
