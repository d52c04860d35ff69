/** Renders the page of all options in Markdown, from TypeDoc's model of the sources. */
import { ReflectionKind } from 'typedoc';

const heading = `<!-- Written by \`npm run update -- options\` from the comments in ts/src. -->

# Options

Every option of the package: its type, what it is where you leave it out, and what it does. \`npm run update -- options\` writes the page from the
types, and the tests compile its examples. \`npm run update -- api\` writes pages of the whole API.

A value that an option cannot have rejects with the code [\`option\`](troubleshooting.md#option), and the message names the option.
`;

/** Names of the interfaces that always have a section. */
const NAMES = /(?:Options|Effect|Config)$/;
/** The sections that come first. The others are sorted by name. */
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
  /** The functions that take an interface's options, by the interface's name. */
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

  /** Adds a section for an interface and for the interfaces of its options. */
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
    // Collected first, because links may point forward.
    for (const declaration of chapters.flatMap(({ declarations }) => declarations)) {
      for (const option of optionsOf(declaration)) {
        const key = declares(option);
        if (!this.#described.has(key)) this.#described.set(key, declaration.name);
      }
    }
    const parts = [heading];
    for (const { name, declarations } of chapters) {
      parts.push(`## \`${name}\`\n`);
      for (const declaration of declarations) parts.push(...this.#section(declaration, name));
    }
    return parts.join('\n');
  }

  /** The interfaces of a module that have a section, in its order. */
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
    if (takers) parts.push(`Taken by ${takers.map((call) => `\`${call}\``).join(', ')}.\n`);

    const options = optionsOf(declaration);
    const fresh = options.filter((option) => this.#described.get(declares(option)) === name);
    const known = options.filter((option) => !fresh.includes(option));
    const examples = exampleBlock(declaration, fresh, module);
    if (examples) parts.push(examples);
    for (const option of fresh) parts.push(...this.#option(option, name));
    if (known.length > 0) parts.push(`${fresh.length ? 'And ' : 'Options: '}${this.#elsewhere(known)}.\n`);
    return parts;
  }

  #option(option, owner) {
    const about = [this.#type(option.type)];
    const preset = code(option.comment?.getTag('@default')?.content);
    if (preset) about.push(`default ${/^['{\d]|^(?:true|false)$/.test(preset) ? `\`${preset}\`` : preset}`);
    else if (!option.flags.isOptional) about.push('**required**');
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

  /** A type with its unions spelled out and links to interfaces. */
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

/** All examples of an interface as one code block, which the tests compile. */
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

/** The content of a tag, without TypeDoc's code fence. */
function code(content) {
  return content
    ?.map(({ text }) => text)
    .join('')
    .replace(/^```\w*\n|\n```$/g, '')
    .trim();
}

/** The interface that first declares an option, and the option's name. */
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

/** Whether an option is the discriminant of an effect. The examples show it. */
const isKind = ({ name, type }) => name === 'kind' && type?.type === 'literal';
const optionsOf = ({ children = [] }) => children.filter((option) => !isKind(option));
const asLinkOrCode = (part) => (part.startsWith('[') ? part : `\`${part}\``);
const anchor = (owner, option) => `${owner}-${option}`.toLowerCase();
const rank = ({ name }) => (FIRST.includes(name) ? FIRST.indexOf(name) : FIRST.length);
const compare = (a, b) => a.name.localeCompare(b.name, 'en');
