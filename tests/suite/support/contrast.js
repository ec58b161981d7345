// Every text that is shown, its contrast against its ground, all of what stands behind it laid over each other.
(() => {
  const light = (color) => {
    const part = (value) => value / 255 <= 0.03928 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    return 0.2126 * part(color[0]) + 0.7152 * part(color[1]) + 0.0722 * part(color[2]);
  };
  const read = (text) => { const parts = text.match(/[\d.]+/g).map(Number); return parts.length < 4 ? [...parts, 1] : parts; };
  const over = (top, below) => [0, 1, 2].map((at) => top[at] * top[3] + below[at] * (1 - top[3])).concat(1);
  const chain = (element) => element ? [...chain(element.parentElement), element] : [];
  const faint = new Set();
  for (const details of document.querySelectorAll("details")) details.open = true;
  for (const element of document.querySelectorAll("body *")) {
    const says = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim());
    if (!says || !element.checkVisibility() || element.closest(".later")) continue;
    const styles = chain(element).map((one) => getComputedStyle(one));
    const ground = styles.reduce((below, style) => over(read(style.backgroundColor), below), read(getComputedStyle(document.body).backgroundColor));
    const ink = read(getComputedStyle(element).color);
    ink[3] *= styles.reduce((all, style) => all * Number(style.opacity), 1);
    const [more, less] = [light(over(ink, ground)), light(ground)].sort((a, b) => b - a);
    const contrast = (more + 0.05) / (less + 0.05);
    if (contrast < 4.5) faint.add(`${element.tagName} ${element.className}: ${contrast.toFixed(2)}`);
  }
  return [...faint];
})()
