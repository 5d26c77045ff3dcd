/** What a style sheet says of a shape, and a picture that stands for itself must say again. */
const PROPERTIES = [
  ...["fill", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family"],
  ...["font-weight", "text-anchor", "paint-order"],
] as const;

const PNG_SCALE = 2;

/** Saves the graph as it is drawn now, in the colours of now. */
export async function downloadGraph(svg: SVGSVGElement, format: "svg" | "png"): Promise<void> {
  const text = standalone(svg);
  const source = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  save(format === "svg" ? source : await drawn(source, svg), `topology.${format}`);
}

function standalone(svg: SVGSVGElement): string {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const originals = [...svg.querySelectorAll<SVGElement>("rect, path, text")];
  for (const [i, element] of [...copy.querySelectorAll("rect, path, text")].entries()) {
    const style = getComputedStyle(originals[i]!);
    for (const property of PROPERTIES) {
      element.setAttribute(property, style.getPropertyValue(property));
    }
  }
  for (const element of copy.querySelectorAll("[class]")) element.removeAttribute("class");
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const ground = document.createElementNS("http://www.w3.org/2000/svg", "rect");
  ground.setAttribute("width", "100%");
  ground.setAttribute("height", "100%");
  ground.setAttribute("fill", getComputedStyle(svg.closest(".panel") ?? svg).backgroundColor);
  copy.prepend(ground);
  return new XMLSerializer().serializeToString(copy);
}

async function drawn(source: string, svg: SVGSVGElement): Promise<string> {
  const { width, height } = svg.viewBox.baseVal;
  const image = new Image();
  image.src = source;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * PNG_SCALE;
  canvas.height = height * PNG_SCALE;
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas.toDataURL("image/png");
}

function save(address: string, name: string): void {
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
}
