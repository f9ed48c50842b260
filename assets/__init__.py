"""The bundled sample, icons, and the script that renders the sample. Found through `engine.resources`."""
