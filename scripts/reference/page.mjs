/** Renders the page of all options in Markdown, from TypeDoc's project. */
import { ReflectionKind } from 'typedoc';
import { table as markdownTable } from '../../bench/markdown.mjs';

const heading = `<!-- Written by \`npm run update -- options\` from the comments in ts/src. -->

# Options

All options of the package, with their types, defaults and effects. \`npm run update -- options\` generates this page from the types, and the tests
compile its examples. \`npm run update -- api\` generates a reference of the whole API.

An invalid value rejects with the code [\`option\`](troubleshooting.md#option), and the message names the option.
`;

/** Interfaces with their own section, even if no option refers to them. */
const NAMES = /(?:Options|Effect|Config)$/;
/** The interfaces that an app needs first. The others follow, sorted by name. */
const FIRST = ['VirtualBackgroundOptions', 'BlurEffect', 'ImageEffect', 'VideoEffect', 'ColorEffect'];

/** @param {import('typedoc').ProjectReflection} project */
export function renderOptions(project) {
  return new Page(project).render();
}

class Page {
  #modules;
  /** Interfaces with a section, by name. */
  #sections = new Map();
  /** The section that describes an option, by the option's declaration. */
  #described = new Map();
  /** The calls that take an interface as a parameter, by the interface's name. */
  #takers = new Map();

  constructor(project) {
    // The root first, then its subpaths.
    this.#modules = [...(project.children ?? [])].sort(compare);
    for (const module of this.#modules) {
      for (const found of module.children ?? []) {
        if (found.kindOf(ReflectionKind.Interface) && NAMES.test(found.name)) this.#add(found);
        this.#noteTakers(found);
      }
    }
  }

  /** Adds a section for an interface, and for the interfaces of its options. */
  #add(declaration) {
    if (this.#sections.has(declaration.name)) return;
    this.#sections.set(declaration.name, { declaration, module: declaration.parent?.name });
    for (const { type } of declaration.children ?? []) {
      for (const referred of interfacesIn(type)) this.#add(referred);
    }
  }

  #noteTakers(declaration) {
    const functions = declaration.kindOf(ReflectionKind.Class) ? (declaration.children ?? []) : [declaration];
    for (const { name, signatures = [], parent } of functions) {
      for (const parameter of signatures.flatMap(({ parameters = [] }) => parameters)) {
        const taken = parameter.type?.type === 'reference' ? parameter.type.name : undefined;
        if (!taken) continue;
        const owner = parent?.kindOf(ReflectionKind.Class) ? parent.name : undefined;
        const call = name === 'constructor' ? `new ${owner}` : [owner, name].filter(Boolean).join('.');
        const takers = this.#takers.get(taken) ?? [];
        if (!takers.includes(call)) this.#takers.set(taken, [...takers, call]);
      }
    }
  }

  render() {
    const chapters = this.#modules
      .map(({ name }) => ({ name, declarations: this.#of(name) }))
      .filter(({ declarations }) => declarations.length > 0);
    // Collected before rendering, because links also point forward.
    for (const declaration of chapters.flatMap(({ declarations }) => declarations)) {
      for (const option of optionsOf(declaration)) {
        const key = declares(option);
        if (!this.#described.has(key)) this.#described.set(key, declaration.name);
      }
    }
    const parts = [heading, this.#contents(chapters)];
    for (const { name, declarations } of chapters) {
      parts.push(`## \`${name}\`\n`);
      for (const declaration of declarations) parts.push(...this.#section(declaration, name));
    }
    return parts.join('\n');
  }

  /** The interfaces of a module that have a section, in the order of the page. */
  #of(name) {
    return [...this.#sections.values()]
      .filter(({ module }) => module === name)
      .map(({ declaration }) => declaration)
      .sort((a, b) => rank(a) - rank(b) || compare(a, b));
  }

  #section(declaration, module) {
    const { name, comment } = declaration;
    const parts = [`### ${name}\n`];
    if (comment) parts.push(`${this.#text(comment.summary)}\n`);
    const takers = this.#takers.get(name);
    if (takers) parts.push(`Used by ${codeList(takers)}.\n`);

    const options = optionsOf(declaration);
    const fresh = options.filter((option) => this.#described.get(declares(option)) === name);
    const known = options.filter((option) => !fresh.includes(option));
    if (fresh.length > 0) parts.push(this.#summaryTable(fresh, name));
    const examples = exampleBlock(declaration, fresh, module);
    if (examples) parts.push(examples);
    for (const option of fresh) parts.push(...this.#option(option, name));
    if (known.length > 0) parts.push(`${fresh.length ? 'And ' : 'Options: '}${this.#elsewhere(known)}.\n`);
    return parts;
  }

  /** A table of all sections. */
  #contents(chapters) {
    const rows = chapters.flatMap(({ name, declarations }) =>
      declarations.map((declaration) => [
        `[\`${declaration.name}\`](#${declaration.name.toLowerCase()})`,
        `\`${name}\``,
        firstSentence(this.#text(declaration.comment?.summary ?? [])),
      ]),
    );
    return table(['options', 'import', 'purpose'], rows);
  }

  /** A table of the options that a section describes. */
  #summaryTable(options, owner) {
    const rows = options.map((option) => [
      `[\`${option.name}\`](#${anchor(owner, option.name)})`,
      this.#type(option.type),
      defaultOf(option) ?? '',
      firstSentence(this.#text(option.comment?.summary ?? [])),
    ]);
    return table(['option', 'type', 'default', 'effect'], rows);
  }

  #option(option, owner) {
    const about = [this.#type(option.type)];
    const preset = defaultOf(option);
    if (preset) about.push(option.flags.isOptional ? `default ${preset}` : preset);
    const text = this.#text(option.comment?.summary ?? []);
    return [
      `<a id="${anchor(owner, option.name)}"></a>\n`,
      `#### \`${option.name}\`\n`,
      `${about.join(', ')}\n`,
      ...(text ? [`${text}\n`] : []),
    ];
  }

  /** Links to options that another section describes. */
  #elsewhere(options) {
    const owners = [...new Set(options.map((option) => this.#described.get(declares(option))))];
    return owners
      .map((owner) => [owner, options.filter((option) => this.#described.get(declares(option)) === owner)])
      .map(([owner, known]) => {
        const { declaration } = this.#sections.get(owner);
        if (known.length === optionsOf(declaration).length)
          return `all of [\`${owner}\`](#${owner.toLowerCase()})`;
        return known.map(({ name }) => `[\`${name}\`](#${anchor(owner, name)})`).join(', ');
      })
      .join(', ');
  }

  /** A type with the values of unions, and links to interfaces. */
  #type(type) {
    const parts = this.#parts(type);
    const joined = parts.some((part) => part.startsWith('['))
      ? parts.map(asLinkOrCode).join(' or ')
      : undefined;
    return joined ?? `\`${parts.join(' | ')}\``;
  }

  #parts(type) {
    switch (type?.type) {
      case 'union': {
        const numbers = type.types.every(({ value }) => typeof value === 'number');
        const types = numbers ? [...type.types].sort((a, b) => b.value - a.value) : type.types;
        return types.flatMap((part) => this.#parts(part));
      }
      case 'literal':
        return [typeof type.value === 'string' ? `'${type.value}'` : String(type.value)];
      case 'reference': {
        const target = type.reflection;
        if (this.#sections.has(type.name)) return [`[\`${type.name}\`](#${type.name.toLowerCase()})`];
        if (target?.kindOf?.(ReflectionKind.TypeAlias) && target.type) return this.#parts(target.type);
        return [String(type)];
      }
      default:
        return [String(type).replaceAll('"', "'")];
    }
  }

  #text(parts) {
    return parts
      .map((part) => {
        if (part.kind !== 'inline-tag') return part.text;
        const shown = `\`${part.text}\``;
        const target = part.target;
        if (this.#sections.has(target?.name)) return `[${shown}](#${target.name.toLowerCase()})`;
        const owner = target?.parent && this.#described.get(declares(target));
        if (owner) return `[\`${target.name}\`](#${anchor(owner, target.name)})`;
        return shown;
      })
      .join('')
      .trim();
  }
}

/** A table of Markdown. A vertical bar in a cell would otherwise start the next one. */
function table(head, rows) {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll('|', '\\|')));
  return `${markdownTable(head, escaped)}\n`;
}

/** All examples of an interface, as code that compiles if they are valid. */
function exampleBlock({ name, comment }, options, module) {
  const whole = (comment?.getTags('@example') ?? []).map(({ content }) => code(content));
  const single = options.flatMap((option) =>
    (option.comment?.getTags('@example') ?? [])
      .slice(0, 1)
      .map(({ content }) => `  ${option.name}: ${code(content)},`),
  );
  if (whole.length + single.length === 0) return undefined;
  const lines = whole.map((example, index) => `const example${index || ''}: ${name} = ${example};`);
  const type = options.every(({ flags }) => flags.isOptional) ? name : `Partial<${name}>`;
  if (single.length > 0) lines.push(`const options: ${type} = {`, ...single, '};');
  return `\`\`\`ts\nimport type { ${name} } from '${module}';\n\n${lines.join('\n')}\n\`\`\`\n`;
}

/** The code of a tag, without the fence that TypeDoc adds. */
function code(content) {
  return content
    ?.map(({ text }) => text)
    .join('')
    .replace(/^```\w*\n|\n```$/g, '')
    .trim();
}

/** The interface that first declares an option, and its name. */
function declares(option) {
  const from = option.inheritedFrom?.reflection;
  return from ? declares(from) : `${option.parent?.name}.${option.name}`;
}

function interfacesIn(type) {
  switch (type?.type) {
    case 'union':
      return type.types.flatMap(interfacesIn);
    case 'array':
      return interfacesIn(type.elementType);
    case 'reference': {
      const target = type.reflection;
      if (target?.kindOf?.(ReflectionKind.Interface)) return [target];
      return target?.kindOf?.(ReflectionKind.TypeAlias) ? interfacesIn(target.type) : [];
    }
    default:
      return [];
  }
}

/** The discriminator of an effect, which the examples show. */
const isKind = ({ name, type }) => name === 'kind' && type?.type === 'literal';
const optionsOf = ({ children = [] }) => children.filter((option) => !isKind(option));
const asLinkOrCode = (part) => (part.startsWith('[') ? part : `\`${part}\``);
const anchor = (owner, option) => `${owner}-${option}`.toLowerCase();
const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
const codeList = (names) => names.map((name) => `\`${name}\``).join(', ');
const compare = (a, b) => a.name.localeCompare(b.name, 'en');

/** An option's default as Markdown, or that it is required. */
function defaultOf({ comment, flags }) {
  const preset = code(comment?.getTag('@default')?.content);
  if (preset) return /^['{\d]|^(?:true|false|\w+\.\w+)$/.test(preset) ? `\`${preset}\`` : preset;
  return flags.isOptional ? undefined : '**required**';
}

/** The first sentence of a text, in one line. */
function firstSentence(text) {
  const [sentence] = /^.*?\.(?=\s|$)/s.exec(text) ?? [text];
  return sentence.replaceAll(/\s+/g, ' ');
}
