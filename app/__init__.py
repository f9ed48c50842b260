"""The desktop viewer. `app.main.main(path)` starts it; nothing here is imported by the engine."""
