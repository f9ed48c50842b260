"""What produces RESULTS.md. Each section is a module with `run(options)` giving {"figures": .., "markdown": ..}."""
