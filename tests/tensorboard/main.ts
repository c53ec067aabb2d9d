import { tensorBoardEnvironment } from './environment.js';

// `npm run tensorboard-reader`: tests read event files by TensorBoard's own reader afterwards.
process.stdout.write(`${tensorBoardEnvironment.provision()}\n`);
