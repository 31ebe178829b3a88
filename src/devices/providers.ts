/** One of ONNX Runtime's execution providers, as a target of this machine. */
export interface LocalProvider {
  /** Name that ONNX Runtime knows it by in a session's options. */
  readonly provider: string;
  readonly targetId: string;
  readonly label: string;
  /** What a machine needs for it, as the end of a piece of advice. */
  readonly needs: string;
}

/** Every provider that some build of onnxruntime-node lists, in the order in which targets are shown. */
export const localProviders: readonly LocalProvider[] = [
  { provider: 'cpu', targetId: 'local-cpu', label: 'This machine (CPU)', needs: 'nothing' },
  {
    provider: 'webgpu',
    targetId: 'local-webgpu',
    label: 'This machine (WebGPU)',
    needs: 'a graphics device and its driver (on Linux one with Vulkan)',
  },
  {
    provider: 'dml',
    targetId: 'local-dml',
    label: 'This machine (DirectML)',
    needs: 'Windows 10 or newer with a DirectX 12 device',
  },
  {
    provider: 'coreml',
    targetId: 'local-coreml',
    label: 'This machine (Core ML)',
    needs: 'macOS on Apple silicon',
  },
  {
    provider: 'cuda',
    targetId: 'local-cuda',
    label: 'This machine (CUDA)',
    needs: "ONNX Runtime's CUDA libraries, which this extension does not bring",
  },
  {
    provider: 'tensorrt',
    targetId: 'local-tensorrt',
    label: 'This machine (TensorRT)',
    needs: "ONNX Runtime's TensorRT libraries, which this extension does not bring",
  },
];
