/** The coordinator serves uPlot's module beside this page's own. */
export { default } from 'uplot';
