/** The floors of the house: a room imports only from rooms below it, and protocol. */
const below = {
  protocol: [],
  onnx: [],
  architecture: ['onnx'],
  bundle: ['onnx', 'architecture'],
  engine: ['onnx', 'architecture', 'bundle'],
  quantization: ['onnx', 'architecture', 'bundle', 'engine'],
  profiling: ['onnx', 'architecture', 'bundle', 'engine'],
  devices: ['onnx', 'architecture', 'bundle', 'engine', 'quantization', 'profiling'],
  runtime: ['onnx', 'architecture', 'bundle', 'engine', 'quantization', 'profiling', 'devices'],
  cli: ['onnx', 'architecture', 'bundle', 'engine', 'quantization', 'profiling', 'devices'],
  extension: [],
};

const floors = Object.entries(below).map(([room, rooms]) => ({
  name: `floor-${room}`,
  comment: `src/${room} may import only ${[...rooms, 'protocol'].join(', ')}`,
  severity: 'error',
  from: { path: `^src/${room}/` },
  to: { path: '^(src|webview-ui)/', pathNot: [room, 'protocol', ...rooms].map(name => `^src/${name}/`) },
}));

const natives = '^(node_modules/)?(onnxruntime-node|onnxruntime-common|sharp)(/|$)';

module.exports = {
  forbidden: [
    { name: 'no-circle', severity: 'error', from: {}, to: { circular: true } },
    ...floors,
    {
      name: 'webview-imports-protocol-only',
      severity: 'error',
      from: { path: '^webview-ui/' },
      to: { path: '^src/', pathNot: '^src/protocol/' },
    },
    {
      name: 'vscode-only-in-extension',
      severity: 'error',
      from: { path: '^(src|webview-ui)/', pathNot: '^src/extension/' },
      to: { path: '^vscode$' },
    },
    {
      name: 'natives-only-in-engine-and-devices',
      comment: 'a native crash must cost one model host, never the runtime or the editor',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/(engine|devices)/' },
      to: { path: natives },
    },
    {
      name: 'runtime-server-stays-free-of-the-engine',
      comment: 'the coordinating process reaches the engine only through a forked model host',
      severity: 'error',
      from: { path: '^src/runtime/', pathNot: '^src/runtime/host/' },
      to: { path: '^src/(engine|devices)/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'not-from-tests',
      severity: 'error',
      from: { path: '^(src|webview-ui)/' },
      to: { path: '^(test|bench|scripts)/' },
    },
    {
      name: 'no-orphan',
      comment: 'no room that nobody enters',
      severity: 'error',
      from: {
        orphan: true,
        pathNot: [
          '\\.d\\.ts$',
          'vite\\.config',
          '^src/(extension/extension|runtime/server|runtime/host/main|cli/main)\\.ts$',
        ],
      },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'types'],
    },
    exclude: { path: '\\.config\\.' },
  },
};
