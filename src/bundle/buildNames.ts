/** The forms in which the tensors of a part are named in public checkpoints, and the prefix they have in a bundle. */
const forms: readonly (readonly [form: RegExp, prefix: string])[] = [
  // timm's MobileNetV5, bare or as the encoder of a larger model (Gemma 3n's vision_tower.timm_model among them).
  [
    /^(?:model\.)?(?:vision_tower\.)?(?:timm_model\.)?((?:conv_stem|blocks|msfa)\..+)$/,
    'model.vision_tower.',
  ],
  [/^(?:model\.)?multi_modal_projector\.(.+)$/, 'model.multi_modal_projector.'],
  // transformers' Lfm2Model: bare, below a language head, or as the decoder of a larger model.
  [
    /^(?:model\.)?(?:language_model\.)?(?:model\.)?((?:layers|embed_tokens|embedding_norm)\..+)$/,
    'model.language_model.',
  ],
  [/^(?:model\.)?(?:language_model\.)?lm_head\.(.+)$/, 'lm_head.'],
];

/** The name a tensor of a public checkpoint has in a bundle; undefined where it belongs to no part. */
export function bundleName(publicName: string): string | undefined {
  for (const [form, prefix] of forms) {
    const rest = form.exec(publicName)?.[1];
    if (rest !== undefined) return prefix + rest;
  }
  return undefined;
}
