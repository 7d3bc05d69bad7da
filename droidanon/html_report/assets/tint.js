// Tiles that are coloured by a number.

const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);

function luminance(colour) {
  const [red, green, blue] = colour.map((value) => (value <= 10 ? value / 3294 : ((value / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

// A treemap with its scale of colours applied: texts are black or white, the one with the better contrast.
function tinted(trace) {
  const scale = trace.type === "treemap" && trace.marker?.colorscale;
  if (!scale) return trace;
  const { cmin, cmax } = trace.marker;
  const stops = scale.map(([at, colour]) => [at, channels(colour)]);
  const colours = trace.marker.colors.map((value) => {
    const at = (value - cmin) / (cmax - cmin);
    const upper = Math.max(1, stops.findIndex((stop) => stop[0] >= at));
    const [[begin, from], [end, to]] = [stops[upper - 1], stops[upper]];
    return from.map((channel, place) => channel + ((to[place] - channel) * (at - begin)) / (end - begin));
  });
  const inks = colours.map((colour) => (luminance(colour) > 0.179 ? "#000" : "#fff"));
  return {
    ...trace, textfont: { ...trace.textfont, color: inks },
    marker: { ...trace.marker, colorscale: undefined, colors: colours.map((colour) => `rgb(${colour.map(Math.round)})`) },
  };
}
