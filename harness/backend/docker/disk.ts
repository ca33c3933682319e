/**
 * A disk of its own for a data directory: a tmpfs of the wanted size, which goes with its container and needs no
 * privilege; a node with a kernel of its own mounts it itself, out of its own memory. What the image has in its data directory is copied there before the server starts, and the directory
 * becomes a link to it, so that all paths stay what they are.
 */
import type Dockerode from "dockerode";
import { executeOk } from "./exec.ts";

/** Where the disk is mounted. The data directory is below it, so that there is room for a file beside it. */
export const DATA_DISK = "/var/lib/vipdrill-disk";

/** Where Debian's packages, and the lab's images, have it. An image with another one cannot have a disk. */
const DATA_DIRECTORY = "/var/lib/mysql";

export function dataDiskMount(megabytes: number): Record<string, string> {
  return { [DATA_DISK]: `rw,mode=755,size=${megabytes}m` };
}

/** The same in a guest, where root may mount; it goes with the guest. */
export async function mountDataDisk(
  guest: Dockerode.Container,
  name: string,
  megabytes: number,
): Promise<void> {
  const mount = `mkdir -p ${DATA_DISK} && mount -t tmpfs -o mode=755,size=${megabytes}m data-disk ${DATA_DISK}`;
  await executeOk(guest, `mounting a data disk on ${name}`, ["sh", "-c", mount]);
}

/** Owners come last: root without CAP_FOWNER cannot change the modes of what it has given away. */
export async function moveDataToDisk(host: Dockerode.Container, name: string): Promise<void> {
  const script = `set -e
cd ${DATA_DIRECTORY}
owner=$(stat -c %u:%g .)
mkdir ${DATA_DISK}/mysql
cp -r --preserve=mode,timestamps . ${DATA_DISK}/mysql
chown -R "$owner" ${DATA_DISK}/mysql
cd /
rm -rf ${DATA_DIRECTORY}
ln -s ${DATA_DISK}/mysql ${DATA_DIRECTORY}`;
  await executeOk(host, `giving ${name} a data disk`, ["sh", "-c", script]);
}
