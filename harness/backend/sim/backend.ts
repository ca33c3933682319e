/**
 * The backend `sim`: a discrete-event model of the same clusters, in virtual time. It reads the same
 * keepalived.conf and the same scripts as the containers would; what it leaves out is written down in
 * `docs/simulator.md`.
 */
import type { Us } from "../../core/time.ts";
import { InputError } from "../../core/errors.ts";
import { resolveTopology } from "../../topology/resolve.ts";
import type { Backend, Cluster, Missing, PrepareRequest } from "../backend.ts";
import { SimCluster } from "./cluster.ts";
import { SIMULATED_IMAGES, simulatedImage } from "./images.ts";
import { World } from "./world.ts";

export { SIMULATED_IMAGES } from "./images.ts";

export interface SimBackendOptions {
  /** When each node's keepalived is started, after the first one; to play a real run again. */
  readonly keepalivedStartOffsetsUs?: Readonly<Record<string, Us>>;
}

const NOT_SIMULATED: readonly Missing[] = [
  {
    capability: "cpu-quota",
    reason: "the simulator has no processor, so nothing in it could be short of one",
  },
  {
    capability: "traffic-shaping",
    reason: "the simulator knows no sizes of packets, so nothing in it could be too slow",
  },
];

const SUBNET = "198.18.0";
const PREFIX_LENGTH = 24;
/** Nobody else is on the segment, so that they need not be drawn. */
const FIRST_VRID = 51;

export function isSimulatedImage(image: string): boolean {
  return simulatedImage(image) !== undefined;
}

export function simBackend(options: SimBackendOptions = {}): Backend {
  return {
    name: "sim",
    simulated: true,
    missing: () => Promise.resolve(NOT_SIMULATED),
    prepare: (request) => Promise.resolve(prepare(request, options)),
  };
}

function prepare(request: PrepareRequest, options: SimBackendOptions): Cluster {
  const image = simulatedImage(request.image);
  if (image === undefined) {
    throw new InputError(
      "IMAGE_NOT_SIMULATED",
      `the simulator knows ${SIMULATED_IMAGES.join(", ")}, not ${request.image}`,
    );
  }
  const topology = resolveTopology(
    request.topology,
    {
      subnetPrefix: SUBNET,
      prefixLength: PREFIX_LENGTH,
      vrids: request.topology.vrids.map((_, index) => FIRST_VRID + index),
    },
    image.keepalived,
  );
  const { workload, seed, settlesTo } = request;
  const { keepalivedStartOffsetsUs: offsets } = options;
  const started = offsets === undefined ? {} : { keepalivedStartOffsetsUs: offsets };
  return new SimCluster(new World({ topology, workload, image, seed, ...started }), settlesTo);
}
