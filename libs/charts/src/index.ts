export { drawLineCharts, type Line, type LineCharts, type Panel } from './line-charts.js';
export { lineStyle, type LineStyle } from './line-style.js';
