import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Connection, mongo } from 'mongoose';
import { MdrError } from '../errors.js';

/** The bytes of files, of one tenant, in GridFS. */
export interface Blobs {
  /**
   * Keep bytes under an id; what was there under it, as after a crash half-way, is replaced.
   * @param most bytes; more are not kept
   * @throws MdrError MDR_BODY_TOO_LARGE; nothing is kept then, nor when the source fails
   */
  put(id: string, bytes: AsyncIterable<Uint8Array>, most: number): Promise<{ size: number; sha256: string }>;
  /** @returns null when there are none under this id */
  read(id: string): Promise<Readable | null>;
  /** What is not there is gone already. */
  remove(id: string): Promise<void>;
}

/** Bytes of one tenant; an id of another finds nothing. */
export function openBlobs(connection: Connection, tenant: string): Blobs {
  const bucket = () => new mongo.GridFSBucket(connection.db!, { bucketName: 'blobs' });
  // Ids are strings here, which the driver's types do not foresee.
  const keyOf = (id: string) => `${tenant}/${id}` as unknown as mongo.ObjectId;
  async function remove(id: string): Promise<void> {
    const db = connection.db!;
    await db.collection('blobs.chunks').deleteMany({ files_id: keyOf(id) });
    await db.collection('blobs.files').deleteOne({ _id: keyOf(id) });
  }
  return {
    remove,
    async put(id, bytes, most) {
      await remove(id);
      const hash = createHash('sha256');
      let size = 0;
      async function* measured(): AsyncGenerator<Uint8Array> {
        for await (const chunk of bytes) {
          size += chunk.length;
          if (size > most)
            throw new MdrError(
              'MDR_BODY_TOO_LARGE',
              `a file has at most ${most.toLocaleString('en-US')} bytes here.`,
              'Keep it where large evidence is kept, and write down where and its SHA-256.',
            );
          hash.update(chunk);
          yield chunk;
        }
      }
      try {
        await pipeline(
          Readable.from(measured(), { objectMode: false }),
          bucket().openUploadStreamWithId(keyOf(id), id, { metadata: { tenant } }),
        );
      } catch (error) {
        await remove(id);
        throw error;
      }
      return { size, sha256: hash.digest('hex') };
    },
    async read(id) {
      const found = await connection.db!.collection('blobs.files').findOne({ _id: keyOf(id) });
      return found ? bucket().openDownloadStream(keyOf(id)) : null;
    },
  };
}
