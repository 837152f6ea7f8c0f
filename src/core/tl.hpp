#pragma once
#include <chrono>
#include <map>
#include <vector>
#include <cstdio>
#include <algorithm>
namespace tl {
inline double at[32];
inline std::map<int, std::vector<double>> all;
inline void t(int i) { at[i] = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
inline void end() { int last = -1; const int order[]={0,1,2,3,4,20,21,22,23,24,25,26,27,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19}; for (int i : order) if (at[i] > 0) { if (last >= 0) all[i].push_back(at[i] - at[last]); last = i; at[i] = i ? at[i] : at[i]; } for (double& a : at) a = 0; }
inline void print() { for (auto& [i, v] : all) { std::sort(v.begin(), v.end()); std::printf("tl %d %.3f p90 %.3f n %zu\n", i, v[v.size() / 2], v[v.size() * 9 / 10], v.size()); } all.clear(); }
}
