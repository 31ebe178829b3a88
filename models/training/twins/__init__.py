"""Nano's convolutional encoder and its ViT twin, trained alike and measured alike."""
