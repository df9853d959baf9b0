// Works for the page that started it.
import { openGpu, serve } from "../../dist/pages/brenier.js";

serve(self, () => openGpu());
