import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Dependencies go one way: app → training → {dataset, model, collective, checkpoint} → {core, observability}. */
const only = (scope, ...allowed) => ({
  sourceTag: `scope:${scope}`,
  onlyDependOnLibsWithTags: allowed.map((name) => `scope:${name}`),
});
const depConstraints = [
  { ...only('core'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('observability', 'core'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('checkpoint', 'core'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('dataset', 'core', 'observability'), bannedExternalImports: ['@tensorflow/*', '@grpc/*'] },
  { ...only('collective', 'core', 'observability'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('runtime', 'core', 'observability'), bannedExternalImports: ['@grpc/*', 'sharp'] },
  { ...only('model', 'core', 'runtime'), bannedExternalImports: ['@grpc/*', 'sharp'] },
  {
    ...only('export', 'core', 'model', 'runtime'),
    bannedExternalImports: ['@tensorflow/tfjs-node-gpu', '@grpc/*', 'sharp'],
  },
  { ...only('page', 'core'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('certificates', 'core'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  { ...only('charts'), bannedExternalImports: ['@tensorflow/*', '@grpc/*', 'sharp'] },
  {
    ...only('rpc', 'core', 'certificates', 'collective', 'observability'),
    bannedExternalImports: ['@tensorflow/*', 'sharp'],
  },
  {
    ...only('training', 'core', 'observability', 'checkpoint', 'dataset', 'model', 'collective', 'runtime'),
    bannedExternalImports: ['@grpc/*', 'sharp'],
  },
  {
    ...only('coordinator', 'core', 'certificates', 'observability', 'checkpoint', 'collective', 'rpc', 'dataset', 'page'),
    bannedExternalImports: ['@tensorflow/*'],
  },
  only('worker', 'core', 'observability', 'checkpoint', 'dataset', 'model', 'collective', 'rpc', 'runtime', 'training'),
  { sourceTag: 'scope:cli', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'scope:tests', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'scope:benchmarks', onlyDependOnLibsWithTags: ['*'] },
  { sourceTag: 'type:lib', onlyDependOnLibsWithTags: ['type:lib'] },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '**/generated/**'] },
  ...tseslint.configs.strict,
  {
    files: ['**/*.ts', '**/*.mts', '**/*.mjs'],
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': ['error', { enforceBuildableLibDependency: true, allow: [], depConstraints }],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-extraneous-class': 'off',
      '@typescript-eslint/no-invalid-void-type': 'off',
      'no-console': 'error',
    },
  },
  { files: ['**/*.spec.ts', 'tools/**', 'benchmarks/**', 'tests/**'], rules: { 'no-console': 'off' } },
);
