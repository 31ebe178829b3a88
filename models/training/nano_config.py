"""The shape of AutoNeural-Nano: the single place where its sizes are chosen."""

from __future__ import annotations

IMAGE_SIZE = 128
IMAGE_TOKENS = 64
PAD, BOS, EOS = 0, 1, 7

# timm architecture strings. Same block kinds and stage order as timm's mobilenetv5_300m, which the paper's
# encoder matches by parameter count: edge residuals, inverted residuals, attention in the two late stages.
BLOCK_ARGS = [
    ["er_r1_k3_s2_e4_c24", "er_r1_k3_s1_e4_c24"],
    ["uir_r1_a3_k5_s2_e4_c48", "uir_r1_a5_k0_s1_e4_c48", "uir_r1_a3_k0_s1_e4_c48"],
    ["uir_r1_a5_k5_s2_e6_c128", "uir_r1_a5_k0_s1_e4_c128", "uir_r1_a5_k0_s1_e4_c128"]
    + ["mqa_r1_k3_h4_v2_s1_d32_c128", "uir_r1_a0_k0_s1_e2_c128"] * 2,
    ["uir_r1_a5_k5_s2_e6_c192"] + ["mqa_r1_k3_h4_s1_d32_c192", "uir_r1_a0_k0_s1_e2_c192"] * 2,
]

# LFM2's own layout: 10 short convolutions, 6 attention layers (350M, 700M and 1.2B share it).
ATTENTION_LAYERS = [2, 5, 8, 10, 12, 14]
LAYERS = 16


def nano_config(vocab_size: int, image_token_id: int) -> dict:
    """The config.json of the bundle."""
    hidden = 128
    return {
        "model_type": "autoneural",
        "architectures": ["AutoNeuralForConditionalGeneration"],
        "torch_dtype": "float16",
        "image_token_id": image_token_id,
        "image_seq_length": IMAGE_TOKENS,
        "vision_config": {
            "model_type": "mobilenetv5",
            "image_size": IMAGE_SIZE,
            "in_channels": 3,
            "stem_size": 16,
            "block_args": BLOCK_ARGS,
            "channel_multiplier": 1.0,
            "pad_type": "same",
            "hidden_act": "gelu_tanh",
            "norm_eps": 1e-6,
            "msfa_indices": [-2, -1],
            "msfa_hidden_size": 256,
            "msfa_expansion_ratio": 2.0,
            "msfa_output_resolution": [8, 8],
        },
        "projector_hidden_size": 256,
        "projector_hidden_act": "gelu_tanh",
        "projector_bias": False,
        "text_config": {
            "model_type": "lfm2",
            "vocab_size": vocab_size,
            "hidden_size": hidden,
            "intermediate_size": 256,
            "block_auto_adjust_ff_dim": False,
            "num_hidden_layers": LAYERS,
            "layer_types": ["full_attention" if i in ATTENTION_LAYERS else "conv" for i in range(LAYERS)],
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "head_dim": 32,
            "conv_L_cache": 3,
            "conv_bias": False,
            "norm_eps": 1e-5,
            "rope_theta": 10000.0,
            "max_position_embeddings": 1024,
            "initializer_range": 0.02,
            "tie_word_embeddings": True,
            "use_cache": True,
            "pad_token_id": PAD,
            "bos_token_id": BOS,
            "eos_token_id": EOS,
        },
    }
