/** What reading a configuration asks of the world, and what it gives back. */
import type { KeepalivedConfig } from "./config.ts";
import type { Diagnostic } from "./diagnostic.ts";
import type { SyntaxFile } from "./syntax.ts";
import type { KeepalivedVersion } from "./versions.ts";

/** Files by path. `list` gives the paths that match a glob, in the order of glob(3). */
export interface FileSource {
  read(path: string): Uint8Array | undefined;
  list(pattern: string): readonly string[];
}

/** What is known of the host; absent means unknown, and is then not judged. */
export interface HostFacts {
  readonly hostname?: string;
  /** `-i`, the configuration id that `@id` compares with; the host name unless said. */
  readonly configId?: string;
  readonly interfaces?: ReadonlySet<string>;
  readonly users?: ReadonlySet<string>;
  /** Of `ip netns`, which net_namespace chooses from. */
  readonly networkNamespaces?: ReadonlySet<string>;
  /** Is there such a file, and may it be executed? */
  script?(path: string): "executable" | "not-executable" | "missing" | "unknown";
}

export interface ReadOptions {
  readonly version: KeepalivedVersion;
  readonly files: FileSource;
  readonly host?: HostFacts;
}

export interface ReadResult {
  readonly config: KeepalivedConfig;
  /** In the order of the daemon's reading. */
  readonly diagnostics: readonly Diagnostic[];
  /** The main file and every included one that was found, in the order of reading. */
  readonly files: readonly SyntaxFile[];
}
