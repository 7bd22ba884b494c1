import './workers.js';
import '../scripts/app.js';
