import { setupError } from './errors.js';
import type { Platform } from './platform.js';

export type Flavour = 'cpu' | 'cuda';

/** One file of the Python package index, pinned. */
export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly sha256: string;
  /** Of the file. */
  readonly bytes: number;
  /** Of what is taken from it, unpacked. */
  readonly unpackedBytes: number;
}

const TENSORFLOW: Record<Platform, Record<Flavour, Wheel | undefined>> = {
  'linux-x64': {
    cpu: {
      project: 'tensorflow-cpu',
      version: '2.21.0',
      sha256: 'dcc8afd32930e42d5296b6ee19078b773706830af4ea97fbe503b9f5e0f820cb',
      bytes: 274_000_871,
      unpackedBytes: 853_868_899,
    },
    cuda: {
      project: 'tensorflow',
      version: '2.21.0',
      sha256: 'b3b95643c4e70eb925839938fb35cbe142f317ec84af6844ee61513713bb13c0',
      bytes: 572_611_111,
      unpackedBytes: 1_259_551_882,
    },
  },
  'linux-arm64': {
    // The plain wheel is the CPU build here; there is no `tensorflow-cpu` and no CUDA build for arm64.
    cpu: {
      project: 'tensorflow',
      version: '2.21.0',
      sha256: 'b07d15737406533898e36c7ef7944b1be18e9028dc521b9229952c537bbc5552',
      bytes: 281_946_471,
      unpackedBytes: 883_593_010,
    },
    cuda: undefined,
  },
};

const nvidia = (project: string, version: string, bytes: number, unpackedBytes: number, sha256: string): Wheel => ({
  project: `nvidia-${project}-cu12`,
  version,
  sha256,
  bytes,
  unpackedBytes,
});

/** What `tensorflow[and-cuda]==2.21.0` resolves to. */
const NVIDIA: readonly Wheel[] = [
  nvidia(
    'cublas',
    '12.9.3.13',
    581_217_458,
    855_123_678,
    'd7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72',
  ),
  nvidia(
    'cuda-cupti',
    '12.8.90',
    10_248_621,
    41_371_238,
    'ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182',
  ),
  nvidia(
    'cuda-nvcc',
    '12.9.86',
    40_546_229,
    35_476_486,
    '5d6a0d32fdc7ea39917c20065614ae93add6f577d840233237ff08e9a38f58f0',
  ),
  nvidia(
    'cuda-nvrtc',
    '12.9.86',
    89_568_129,
    227_400_254,
    '210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4',
  ),
  nvidia(
    'cuda-runtime',
    '12.9.79',
    3_493_179,
    800_350,
    '25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3',
  ),
  nvidia(
    'cudnn',
    '9.28.0.42',
    716_538_495,
    1_162_411_646,
    '9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375',
  ),
  nvidia(
    'cufft',
    '11.4.1.4',
    200_877_592,
    293_668_678,
    'c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28',
  ),
  nvidia(
    'curand',
    '10.3.10.19',
    68_295_626,
    167_024_694,
    '49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e',
  ),
  nvidia(
    'cusolver',
    '11.7.5.82',
    338_117_415,
    495_034_326,
    '15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88',
  ),
  nvidia(
    'cusparse',
    '12.5.10.65',
    366_465_088,
    486_615_630,
    '73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78',
  ),
  nvidia(
    'nccl',
    '2.32.3',
    351_526_311,
    473_616_431,
    'bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c',
  ),
  nvidia(
    'nvjitlink',
    '12.9.86',
    39_748_338,
    95_994_606,
    'e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9',
  ),
];

/** The wheels of a flavour. Throws `TANDEM_SETUP_NO_CUDA_BUILD` where there are none. */
export function wheelsFor(flavour: Flavour, platform: Platform): readonly Wheel[] {
  const tensorflow = TENSORFLOW[platform][flavour];
  if (tensorflow === undefined)
    throw setupError('TANDEM_SETUP_NO_CUDA_BUILD', {
      what: `TensorFlow publishes no CUDA build for ${platform}`,
      remedy: 'Use `tandem setup --flavour cpu`, or name your own build with --libtensorflow.',
    });
  return flavour === 'cpu' ? [tensorflow] : [tensorflow, ...NVIDIA];
}

export function hasCudaBuild(platform: Platform): boolean {
  return TENSORFLOW[platform].cuda !== undefined;
}

const PYTHON_PLATFORMS: Record<Platform, readonly string[]> = {
  'linux-x64': [
    'manylinux_2_27_x86_64',
    'manylinux2014_x86_64',
    'manylinux_2_17_x86_64',
    'manylinux2010_x86_64',
    'manylinux_2_12_x86_64',
  ],
  'linux-arm64': ['manylinux_2_27_aarch64'],
};

/** Which files `pip download` is to consider. Fixed, so that any Python's pip finds the same ones. */
export function pipPlatformArguments(platform: Platform, flavour: Flavour): string[] {
  // Old pips take one platform only; TensorFlow itself needs no more.
  const platforms = flavour === 'cpu' ? PYTHON_PLATFORMS[platform].slice(0, 1) : PYTHON_PLATFORMS[platform];
  return [
    ...platforms.flatMap((name) => ['--platform', name]),
    ...['--python-version', '312', '--implementation', 'cp', '--abi', 'cp312'],
  ];
}

/** Whether an entry of a wheel is needed to link with, to run, or by its licence. The rest (Python, 250 MB of headers) is left out. */
export function isWanted(entry: string): boolean {
  return WANTED.some((pattern) => pattern.test(entry));
}

const WANTED = [
  /^tensorflow\/libtensorflow_(cc|framework)\.so\.2$/,
  /^tensorflow\/include\/tensorflow\/c\/.*\.h$/,
  /^tensorflow\/include\/(tensorflow\/core|tsl|xla\/tsl)\/platform\/ctstring[a-z_]*\.h$/,
  /^tensorflow\/include\/(xla\/)?tsl\/c\/.*\.h$/,
  /^tensorflow\/THIRD_PARTY_NOTICES\.txt$/,
  /^nvidia\/[^/]+\/lib\/[^/]+\.so[.\d]*$/,
  /^nvidia\/cuda_nvcc\/(bin\/ptxas|bin\/nvlink|nvvm\/libdevice\/.*)$/,
  /^[^/]+\.dist-info\/(licenses\/)?(LICENSE|License|THIRD_PARTY_NOTICES)[^/]*$/,
];
