"""AUC of scikit-learn's isolation forest: `outliers.sklearn.py <columns> <values file> <labels file>`, raw float64 and uint8."""

import sys
import time

import numpy as np
from sklearn.ensemble import IsolationForest
from sklearn.metrics import roc_auc_score

columns, values, labels = int(sys.argv[1]), sys.argv[2], sys.argv[3]
rows = np.fromfile(values, dtype=np.float64).reshape(-1, columns)
planted = np.fromfile(labels, dtype=np.uint8)
began = time.time()
aucs = []
for seed in range(10):
    forest = IsolationForest(n_estimators=100, max_samples=256, random_state=seed).fit(rows)
    aucs.append(roc_auc_score(planted, -forest.score_samples(rows)))
print(float(np.mean(aucs)), (time.time() - began) / 10)
