"""Rules: presets as data, the engine that matches them, the validators that confirm them."""
