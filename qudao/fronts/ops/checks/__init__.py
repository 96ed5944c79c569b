"""What `/health` examines: one module for each dependency. A new one is one more file here."""
