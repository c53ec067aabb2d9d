// node classify-with-tfjs.mjs MODEL_URL IMAGE: the probabilities of an image that has the model's size, as JSON. Plain
// TensorFlow.js, without the native TensorFlow or anything of Tandem's: what a browser would run.
import '@tensorflow/tfjs-backend-cpu';
import { loadGraphModel } from '@tensorflow/tfjs-converter';
import { setBackend, tensor4d } from '@tensorflow/tfjs-core';
import sharp from 'sharp';

const [url, image] = process.argv.slice(2);
await setBackend('cpu');
const model = await loadGraphModel(url);
const { data, info } = await sharp(image).removeAlpha().raw().toBuffer({ resolveWithObject: true });
const images = tensor4d(Float32Array.from(data), [1, info.height, info.width, info.channels]);
const probabilities = await model.predict(images).data();
const { classes } = model.metadata;
process.stdout.write(JSON.stringify({ classes, probabilities: [...probabilities] }));
