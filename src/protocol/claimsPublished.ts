/**
 * What arXiv 2512.02924 reports for Qualcomm's SA8295P: AutoNeural first, then the ViT + transformer baseline. Null
 * where the paper has no figure, because the baseline ran out of memory.
 */
export const published = {
  device: 'Qualcomm SA8295P',
  encoderMs: [
    { imageSize: 256, models: [28.0, 163.3] },
    { imageSize: 512, models: [101.7, 1415] },
    { imageSize: 768, models: [278.1, null] },
  ],
  decodeTokensPerSecond: [44, 15],
  longestContext: [4096, 1024],
} as const satisfies {
  device: string;
  encoderMs: readonly { imageSize: number; models: readonly [number, number | null] }[];
  decodeTokensPerSecond: readonly [number, number];
  longestContext: readonly [number, number];
};
