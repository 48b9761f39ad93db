"""How the models came to be: data, labelled examples, tokenizer, training, calibration, export."""
