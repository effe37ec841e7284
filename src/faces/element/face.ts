import type { Face, FaceParts } from '../face.ts';

/** Makes the face. */
export async function createElementFace(_parts: FaceParts & object): Promise<Face> {
  return { owns: () => false, handle() {}, close: async () => {} };
}
