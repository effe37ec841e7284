// Runs TypeScript from source, in worker threads too: node --import ./scripts/from-source.mjs src/main.ts
import { register } from 'tsx/esm/api';

register();
