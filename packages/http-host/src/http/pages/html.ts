const MARKUP = Symbol("markup");

/** Markup that is safe to send: only `html` makes it, and what is put into it is escaped. */
export interface Html {
  readonly [MARKUP]: string;
}

type Filling = Html | readonly Html[] | string | number | null;

/**
 * A template whose fillings can only ever be text, or markup that `html` made. Inside a tag a filling stands between double quotes; there is
 * no script or style for one to stand in.
 */
export function html(template: TemplateStringsArray, ...fillings: readonly Filling[]): Html {
  return { [MARKUP]: String.raw({ raw: template }, ...fillings.map(markupOf)) };
}

export function textOf(markup: Html): string {
  return markup[MARKUP];
}

function markupOf(filling: Filling): string {
  if (filling === null) return "";
  if (typeof filling === "string" || typeof filling === "number") return escaped(String(filling));
  return isList(filling) ? filling.map(textOf).join("") : filling[MARKUP];
}

function isList(filling: Html | readonly Html[]): filling is readonly Html[] {
  return Array.isArray(filling);
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}
