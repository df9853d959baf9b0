// The worker of a page: draws, solves and trains with a GPU of its own.
import { openGpu } from "brenier/web";
import { serve } from "brenier/worker";

serve(self, () => openGpu());
