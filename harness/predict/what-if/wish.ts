/** `db1:chk_mysql.interval=1`: which setting is to have which value, and where. */
import { InputError } from "../../core/errors.ts";

export interface Wish {
  /** As it was written. */
  readonly text: string;
  /** One node only; all of them unless said. */
  readonly node?: string;
  /** Name of the vrrp_script, vrrp_instance or kind of checker; all that take the setting unless said. */
  readonly owner?: string;
  readonly keyword: string;
  readonly value: string;
}

/** A value is one word: what follows a blank, a brace or a comment sign would be another line of the file. */
const FORM = /^(?:([^:=]+):)?(?:([^=]+)\.)?([a-z_]+)=([^\s{}"'!#$@\\]+)$/;

export function parseWish(text: string): Wish {
  const found = FORM.exec(text);
  const [, node, owner, keyword, value] = found ?? [];
  if (keyword === undefined || value === undefined) {
    throw new InputError(
      "WHAT_IF_UNREADABLE",
      `--what-if ${text} is not of the form SETTING=VALUE, NAME.SETTING=VALUE or NODE:SETTING=VALUE, such as advert_int=0.2, chk_mysql.interval=1 or db2:priority=90`,
    );
  }
  return {
    text,
    keyword,
    value,
    ...(node === undefined ? {} : { node }),
    ...(owner === undefined ? {} : { owner }),
  };
}
